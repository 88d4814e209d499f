package dev.palimpsest.engine.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** One input on its way through the parser, with what its thread had spent when it began. */
record Attempt(long thread, byte[] input, long bytesBefore, long cpuBefore) {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Attempt begin(byte[] input) {
    long thread = Thread.currentThread().threadId();
    return new Attempt(
        thread, input, THREADS.getThreadAllocatedBytes(thread), THREADS.getThreadCpuTime(thread));
  }

  /** Bytes that were allocated since, by whoever is asked. */
  long bytes() {
    return THREADS.getThreadAllocatedBytes(thread) - bytesBefore;
  }

  /** Processor time since. */
  long cpuNanos() {
    return THREADS.getThreadCpuTime(thread) - cpuBefore;
  }
}
