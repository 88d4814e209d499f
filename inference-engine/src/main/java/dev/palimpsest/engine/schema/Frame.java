package dev.palimpsest.engine.schema;

/**
 * A place in a subroutine.
 *
 * @param place the step that comes next
 * @param count how much the subroutine has counted
 * @param below where it returns to
 */
record Frame(int place, int count, Below below) {
  Frame at(int other) {
    return new Frame(other, count, below);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * place + count) + below.hashCode();
  }
}
