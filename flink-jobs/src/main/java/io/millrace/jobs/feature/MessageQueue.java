package io.millrace.jobs.feature;

import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What waits, the next by {@link ViewMessage#TOTAL_ORDER} first. A heap of four children a node
 * that keeps what nearly always decides, the instant and the hash of the key, in arrays of its own,
 * so that finding the next one touches few messages. Not thread-safe.
 */
final class MessageQueue implements Iterable<ViewMessage> {
  private static final int CHILDREN = 4;

  private long[] ranks = new long[64];
  private int[] hashes = new int[64];
  private ViewMessage[] messages = new ViewMessage[64];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The next one, or null. */
  ViewMessage peek() {
    return messages[0];
  }

  void add(ViewMessage message) {
    if (size == messages.length) {
      ranks = Arrays.copyOf(ranks, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
      messages = Arrays.copyOf(messages, 2 * size);
    }
    long rank = message.rank();
    int hash = message.stateKey().hashCode();
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) / CHILDREN;
      if (!isBefore(rank, hash, message, parent)) {
        break;
      }
      move(parent, at);
      at = parent;
    }
    put(at, rank, hash, message);
  }

  /** Takes the next one out; there is one. */
  ViewMessage poll() {
    ViewMessage next = messages[0];
    int last = --size;
    long rank = ranks[last];
    int hash = hashes[last];
    ViewMessage message = messages[last];
    messages[last] = null;
    if (last > 0) {
      int at = 0;
      for (int child = 1; child < last; child = CHILDREN * at + 1) {
        int least = child;
        int end = Math.min(child + CHILDREN, last);
        for (int other = child + 1; other < end; other++) {
          if (isBefore(ranks[other], hashes[other], messages[other], least)) {
            least = other;
          }
        }
        if (isBefore(rank, hash, message, least)) {
          break;
        }
        move(least, at);
        at = least;
      }
      put(at, rank, hash, message);
    }
    return next;
  }

  /** Takes out all for which the test holds, which it is asked once for each, in no order. */
  void removeIf(Predicate<ViewMessage> test) {
    ViewMessage[] before = messages;
    int waited = size;
    ranks = new long[before.length];
    hashes = new int[before.length];
    messages = new ViewMessage[before.length];
    size = 0;
    for (int i = 0; i < waited; i++) {
      if (!test.test(before[i])) {
        add(before[i]);
      }
    }
  }

  private boolean isBefore(long rank, int hash, ViewMessage message, int other) {
    if (rank != ranks[other]) {
      return rank < ranks[other];
    }
    return hash != hashes[other]
        ? hash < hashes[other]
        : ViewMessage.TOTAL_ORDER.compare(message, messages[other]) < 0;
  }

  private void move(int from, int to) {
    put(to, ranks[from], hashes[from], messages[from]);
  }

  private void put(int at, long rank, int hash, ViewMessage message) {
    ranks[at] = rank;
    hashes[at] = hash;
    messages[at] = message;
  }

  /** All that waits, in no order. */
  @Override
  public Iterator<ViewMessage> iterator() {
    return Stream.of(messages).limit(size).iterator();
  }
}
