/** To be said. */
@NullMarked
package dev.palimpsest.memory;

import org.jspecify.annotations.NullMarked;
