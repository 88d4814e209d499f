/**
 * What is made of memories while nobody asks for anything: extractive digests of conversations and
 * months, the names that memories hold, and links between near-duplicates. No model takes part. In
 * comes the store; out go digests, which are memories, entities and links. The invariants guarded
 * here: every line of a digest stands word for word in a memory that it names as its source, a
 * digest is trusted no more than the least of them, every link of an entity says where its name
 * stands, and a step that is done again changes nothing.
 */
@NullMarked
package dev.palimpsest.retrieval.consolidation;

import org.jspecify.annotations.NullMarked;
