;; Gives the request back twice.
(func $act (param $request i32) (call $drop (local.get $request)))
