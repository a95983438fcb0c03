;; Writes to the log what is not its own.
(import "lucarne:edge/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $act (param i32) (call $log (i32.const 1) (i32.const 0x7fffffff) (i32.const 100)))
