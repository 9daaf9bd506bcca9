package io.millrace.online.redis;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What is made at the first use, since making it needs a server that answers, and closed with its
 * owner; after that it is not made again. Thread-safe.
 */
final class FirstUse<T> implements Supplier<T> {
  private final Supplier<T> maker;
  private T made;
  private boolean closed;

  FirstUse(Supplier<T> maker) {
    this.maker = maker;
  }

  /**
   * @throws IllegalStateException once closed
   */
  @Override
  public synchronized T get() {
    if (closed) {
      throw new IllegalStateException("the connections are closed");
    }
    if (made == null) {
      made = maker.get();
    }
    return made;
  }

  /** Hands over what was made, if it was. */
  synchronized void close(Consumer<T> closing) {
    closed = true;
    if (made != null) {
      closing.accept(made);
    }
  }
}
