;; Gives back what it never had.
(func $act (param i32) (call $drop (i32.const 77)))
