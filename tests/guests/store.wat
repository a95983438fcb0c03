;; A cache policy that looks up everything and stores it for a minute. Misdeeds are put into `store`.
(import "lucarne:edge/http@0.1.0" "[method]request.path" (func $path (param i32 i32)))
(import "lucarne:edge/http@0.1.0" "[resource-drop]request" (func $drop (param i32)))
(memory $memory (export "memory") 4)
(global $heap (mut i32) (i32.const 16384))
(data (i32.const 2048) "x-field")

(func $realloc (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
  (global.set $heap (i32.add (local.get $at) (local.get $new)))
  (local.get $at))

(func $act (param $request i32))
(func $spoil (param $answer i32))
(func $where (result i32) (i32.const 1024))
(func $after)

(func $lookup (export "lookup") (param $request i32) (result i32)
  (call $drop (local.get $request))
  (i32.const 1536))

(func $store (export "store") (param $request i32) (param i32 i32 i32 i64 i32 i64) (result i32)
  (call $act (local.get $request))
  (i64.store offset=8 (i32.const 1024) (i64.const 60))
  (call $spoil (i32.const 1024))
  (call $drop (local.get $request))
  (call $where))
(func $post (export "cabi_post_store") (param i32) (call $after))

;; A list of so many texts of so many bytes.
(func $texts (param $list i32) (param $count i32) (param $bytes i32)
  (local $at i32)
  (local.set $at (i32.const 65536))
  (i32.store (local.get $list) (local.get $at))
  (i32.store offset=4 (local.get $list) (local.get $count))
  (memory.fill (i32.const 131072) (i32.const 97) (local.get $bytes))
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get $count)))
    (i32.store (local.get $at) (i32.const 131072))
    (i32.store offset=4 (local.get $at) (local.get $bytes))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br $next))))

;; So many selectors at 4096, of one field each.
(func $selectors (param $count i32)
  (local $at i32)
  (local.set $at (i32.const 4096))
  (loop $next
    (i32.store offset=4 (local.get $at) (i32.const 2048))
    (i32.store offset=8 (local.get $at) (i32.const 7))
    (local.set $at (i32.add (local.get $at) (i32.const 12)))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br_if $next (local.get $count))))
