;; Keeps the request that it was lent.
(func $drop (param i32))
