package dev.palimpsest.cli;

import java.util.function.LongSupplier;

/** Watches a turn of the demonstration; if asked to, has the service killed amid it. */
final class DemoWitness implements TurnObserver {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String NOT_YET = "the service said: ";

  private final DemoScreen screen;
  private final LongSupplier nanoTime;
  private final Runnable kill;
  private long killedAt;
  private boolean isKilled;
  private boolean isLost;

  /**
   * A witness.
   *
   * @param kill what is done as soon as the turn is committed
   */
  DemoWitness(DemoScreen screen, LongSupplier nanoTime, Runnable kill) {
    this.screen = screen;
    this.nanoTime = nanoTime;
    this.kill = kill;
  }

  /** One that has nothing killed. */
  static DemoWitness peaceful(DemoScreen screen, LongSupplier nanoTime) {
    DemoWitness witness = new DemoWitness(screen, nanoTime, () -> {});
    witness.isKilled = true;
    return witness;
  }

  @Override
  public void accepted() {
    if (isKilled) {
      return;
    }
    isKilled = true;
    killedAt = nanoTime.getAsLong();
    kill.run();
    screen.event("the turn is accepted; kill -9 to the service");
  }

  @Override
  public void text(String piece) {
    // The answer is shown whole, with its evidence.
  }

  @Override
  public void notice(String line) {
    if (line.startsWith(NOT_YET)) {
      return; // up, and its database not asked yet: the next attempt finds out
    }
    if (isLost) {
      double millis = (nanoTime.getAsLong() - killedAt) / NANOS_PER_MILLI;
      screen.event(
          line + (killedAt == 0 ? "" : ", " + DemoScreen.time(millis) + " after the kill"));
    } else {
      isLost = true;
      screen.event("the connection is gone; the service is started again");
    }
  }

  /** The turn has ended; where the kill came too late for it, that is said. */
  void ended() {
    if (killedAt != 0 && !isLost) {
      screen.event("the answer was there before the service died");
    }
  }
}
