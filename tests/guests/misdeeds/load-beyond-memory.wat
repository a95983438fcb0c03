;; Reads where it has no memory.
(func $act (param i32) (drop (i32.load offset=0xfffffff0 (i32.const 0x7fffffff))))
