/** To be said. */
@NullMarked
package dev.palimpsest.runtime;

import org.jspecify.annotations.NullMarked;
