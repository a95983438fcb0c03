;; Asks the same question for ever.
(import "lucarne:edge/http@0.1.0" "[method]request.save-data" (func $save-data (param i32) (result i32)))
(func $act (param $request i32)
  (loop $again
    (drop (call $save-data (local.get $request)))
    (br $again)))
