package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.session.NodeId;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What makes this process itself: its name among the holders of leases, its clock, its ids, its
 * randomness.
 *
 * @param id kept on disk, so that a restarted process takes its own leases at once
 * @param clock the time
 * @param ids names of new things
 * @param random seeds of turns that bring none; safe for many threads
 */
public record Node(NodeId id, InstantSource clock, IdSource ids, RandomGenerator random) {}
