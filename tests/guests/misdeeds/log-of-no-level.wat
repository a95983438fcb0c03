;; Writes to the log at a level that there is not.
(import "lucarne:edge/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $act (param i32) (call $log (i32.const 9) (i32.const 2048) (i32.const 4)))
