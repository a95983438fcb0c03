;; Panics before it is called.
(func $begin unreachable)
(start $begin)
