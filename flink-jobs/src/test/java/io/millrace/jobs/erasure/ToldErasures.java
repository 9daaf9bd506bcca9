package io.millrace.jobs.erasure;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.feature.erasure.SubjectHash;
import java.util.ArrayList;
import java.util.List;

/** Word of erasures that a test tells, for operators of one test at a time. */
public final class ToldErasures {
  private static final byte[] SECRET = new byte[SubjectHash.SECRET_BYTES];
  private static final List<Erasure> TOLD = new ArrayList<>();
  private static final List<ErasureAck> ACKS = new ArrayList<>();

  private ToldErasures() {}

  /** Nothing was told. */
  public static ErasureSettings begin() {
    TOLD.clear();
    ACKS.clear();
    return new ErasureSettings(Word::new, "features test", List.of("one"));
  }

  /** Tells all that listen, and those that will. */
  public static Erasure tell(String column, String value, Erasure.Phase phase, long untilMs) {
    Erasure erasure =
        new Erasure(
            "e-" + value,
            column,
            new SubjectHash(SECRET).of(column, value),
            phase,
            untilMs,
            untilMs);
    TOLD.add(erasure);
    return erasure;
  }

  /** What was answered. */
  public static List<ErasureAck> acks() {
    return ACKS;
  }

  private static final class Word implements ErasureWord {
    private int heard;

    @Override
    public List<Erasure> news() {
      List<Erasure> news = List.copyOf(TOLD.subList(heard, TOLD.size()));
      heard = TOLD.size();
      return news;
    }

    @Override
    public byte[] secret() {
      return SECRET;
    }

    @Override
    public void acknowledge(ErasureAck ack) {
      ACKS.add(ack);
    }

    @Override
    public void close() {}
  }
}
