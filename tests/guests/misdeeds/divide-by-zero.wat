;; A trap of no name of its own.
(func $act (param i32) (drop (i32.div_u (i32.const 1) (i32.load (i32.const 8192)))))
