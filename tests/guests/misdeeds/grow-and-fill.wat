;; Takes memory until there is none, and uses all of it.
(func $act (param i32)
  (local $pages i32)
  (loop $again
    (local.set $pages (memory.grow (i32.const 16)))
    (memory.fill (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 255) (i32.const 1048576))
    (br $again)))
