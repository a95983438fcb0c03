;; Has a segment where it has no memory.
(data (i32.const 0x7ffffff0) "too far")
