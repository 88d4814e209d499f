/**
 * Keys and values on disk: what was computed for a beginning of tokens, in a file, so that it need
 * not be computed again after a restart. Full pages with their tokens come in, files with a quota
 * lie in one folder, pages come out. The invariant: a page that comes out is bit for bit the one
 * that came in, for the same tokens, salt, model and numerics; whatever is not sure of that is
 * refused with a reason and deleted, and the caller computes. What the disk does not give now is
 * computed as well, and stays. Files are a cache: any of them may be missing at any time.
 *
 * <p>A file, little-endian, version 2:
 *
 * <pre>
 *   0  8 bytes  PLMPSTKV
 *   8  u32      version, 2
 *  12  u32      bytes of the header, a multiple of 64; the pages begin here
 *  16  32 bytes fingerprint: SHA-256 over model file (tokenizer and template are in it), numerics
 *               and virtual machine
 *  48  32 bytes SHA-256 of the salt
 *  80  u32      layers
 *  84  u32      key/value heads
 *  88  u32      elements of a head
 *  92  u32      tokens of a page, 32
 *  96  u32      type of keys and values as GGUF numbers types: F32, F16, BF16 or Q8_0
 * 100  u32      recurrent states: 1, the one after the last token, where the model has such, else 0
 * 104  u32      tokens n, whole pages
 * 108  u32      pages of a block, 32; a layer's last block may have fewer
 * 112  u64      nanoseconds that computing them took, by estimate
 * 120  u64      bytes of the state, 0 where there is none
 * 128  i32[n]   the tokens
 *      u32[b]   CRC-32C of each block: layer after layer, in a layer from the first pages on, then of
 *               the state in blocks of 1 MiB, the last of which may have fewer bytes
 *      zeros    up to four bytes before the header's end
 *      u32      CRC-32C of the header so far
 *      pages    layer after layer, page after page, each as {@code KvLayout} lays it out
 *      state    as {@code StateLayout} and {@code Recurrence} lay it out
 * </pre>
 *
 * Of pages a part may be used; a file with a state stands for all of its tokens or for none. The
 * size is exactly what the counts say. A file is written beside its place, forced to the disk and
 * renamed; it is read layer by layer through a mapping, by several threads where they are free, and
 * what is checked is the copy.
 *
 * <p>Compacted beginnings have files and a folder of their own, under the same rules; {@link
 * PastFile} describes them.
 */
@NullMarked
package dev.palimpsest.engine.snapshot;

import org.jspecify.annotations.NullMarked;
