package dev.palimpsest.engine.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * One input on its way through the parser, with what its thread had spent when it began. Made by
 * that thread, asked by any.
 */
final class Attempt {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final long thread = Thread.currentThread().threadId();
  private final byte[] input;
  private final long bytesBefore;
  private final long cpuBefore;

  /** Begins with an input, which nobody changes. */
  Attempt(byte[] input) {
    this.input = input;
    this.cpuBefore = THREADS.getThreadCpuTime(thread);
    this.bytesBefore = THREADS.getThreadAllocatedBytes(thread);
  }

  byte[] input() {
    return input;
  }

  /** Bytes that were allocated since. */
  long bytes() {
    return THREADS.getThreadAllocatedBytes(thread) - bytesBefore;
  }

  /** Processor time since. */
  long cpuNanos() {
    return THREADS.getThreadCpuTime(thread) - cpuBefore;
  }
}
