;; Asks a request that it was not lent.
(func $act (param i32) (call $path (i32.const 77) (i32.const 8192)))
