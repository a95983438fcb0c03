;; Asks for a field whose name has 60,000 bytes. That is no failure, but it is no small question either.
(import "lucarne:edge/http@0.1.0" "[method]request.has-header" (func $has-header (param i32 i32 i32) (result i32)))
(func $act (param $request i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 60000))
  (drop (call $has-header (local.get $request) (i32.const 131072) (i32.const 60000))))
