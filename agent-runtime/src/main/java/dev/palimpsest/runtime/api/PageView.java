package dev.palimpsest.runtime.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param data its entries
 * @param next what to hand in as {@code after} for the following page; null on the last
 */
record PageView<T>(List<T> data, @Nullable String next) {}
