;; Takes table space until there is none.
(table $table 2 funcref)
(func $act (param i32)
  (loop $again
    (drop (table.grow $table (ref.null func) (i32.const 1000)))
    (br $again)))
