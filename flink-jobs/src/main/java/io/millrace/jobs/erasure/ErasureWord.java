package io.millrace.jobs.erasure;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import java.io.Serializable;
import java.util.List;

/** What one subtask hears of erasures, and where it answers. Used by the task's thread alone. */
public interface ErasureWord extends AutoCloseable {
  /** Opens the word where the operator runs. */
  @FunctionalInterface
  interface Source extends Serializable {
    /**
     * @throws RuntimeException if what was ever told cannot be read: a job that does not know it
     *     must not run
     */
    ErasureWord open();

    /** Of a job that erases nothing. */
    static Source none() {
      return () -> NONE;
    }
  }

  /** Reads the store's secret where the operator runs. */
  @FunctionalInterface
  interface Secret extends Serializable {
    byte[] read();
  }

  /** Nothing is ever told. */
  ErasureWord NONE =
      new ErasureWord() {
        @Override
        public List<Erasure> news() {
          return List.of();
        }

        @Override
        public byte[] secret() {
          throw new IllegalStateException("nothing is erased here");
        }

        @Override
        public void acknowledge(ErasureAck ack) {}

        @Override
        public void close() {}
      };

  /** What came since the last call, the oldest first; at the first call all that was ever told. */
  List<Erasure> news();

  /** The store's secret; asked for only where something is erased. */
  byte[] secret();

  /** Tells whoever erases; does not wait. */
  void acknowledge(ErasureAck ack);

  @Override
  void close();
}
