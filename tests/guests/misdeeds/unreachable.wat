;; What a panic is.
(func $act (param i32) unreachable)
