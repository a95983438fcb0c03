;; Calls what is not in the table.
(table $table 2 funcref)
(func $act (param i32) (call_indirect $table (i32.const 1)))
