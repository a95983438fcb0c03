;; Calls itself until the stack ends.
(func $act (param $depth i32)
  (call $act (i32.add (local.get $depth) (i32.const 1)))
  (i32.store (i32.const 8192) (local.get $depth)))
