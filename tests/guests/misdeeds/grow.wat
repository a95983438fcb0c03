;; Takes memory until there is none.
(func $act (param i32)
  (loop $again
    (drop (memory.grow (i32.const 1)))
    (br $again)))
