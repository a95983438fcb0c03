;; Takes all the memory that an address can reach.
(func $act (param i32) (drop (memory.grow (i32.const 65532))))
