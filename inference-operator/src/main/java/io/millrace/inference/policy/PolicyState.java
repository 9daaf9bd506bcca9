package io.millrace.inference.policy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * All that the policy remembers of one model. Immutable.
 *
 * @param phase where the machine is
 * @param champion the version whose reports count; 0 until the first is known
 * @param epoch of the last control record that named the champion; 0 if none did
 * @param panes the champion's newest panes since the last retraining, by time
 * @param closedUntilMs panes that start at or before this have been decided upon
 * @param eventTimeMs the latest end of a reported pane: the policy's clock
 * @param labelsCompleteUntilMs requests before this have all the labels they will get
 * @param requestId of the retraining in flight; empty if there is none
 * @param coolDownUntilMs no request before this event time
 * @param failures retrainings in a row that brought no champion
 * @param tokens what is left of the budget, at {@code tokensAtMs}
 * @param incidents panes with a data incident so far
 * @param requests retrainings asked for so far
 * @param cloudedInRow how many of the champion's newest panes, without one between, a fault of the
 *     data clouds
 * @param cause of the retraining in flight; of the last one if there is none
 * @param endedId of the last retraining that ended; empty before
 * @param renewal what speaks for renewing the champion
 * @param faultyUntilMs by column of the events, until when the champion's panes showed it to be at
 *     fault
 */
public record PolicyState(
    Phase phase,
    int champion,
    long epoch,
    List<SeenPane> panes,
    long closedUntilMs,
    long eventTimeMs,
    long labelsCompleteUntilMs,
    String requestId,
    long coolDownUntilMs,
    int failures,
    double tokens,
    long tokensAtMs,
    long incidents,
    long requests,
    int cloudedInRow,
    Cause cause,
    String endedId,
    Renewal renewal,
    Map<String, Long> faultyUntilMs) {
  /** A time that has not come. */
  public static final long NEVER = Long.MIN_VALUE;

  private static final int VERSION = 3;

  /** Knew neither renewals nor retrainings by hand. */
  private static final int BEFORE_RENEWALS = 2;

  /** Did not tell a drifted pane from a degraded one. */
  private static final int OLDEST_VERSION = 1;

  /** Why a model is trained again. The codes on disk are their positions: add at the end only. */
  public enum Cause {
    /** Its inputs drifted, or it foretold worse than it should. */
    DRIFT,
    /** It learnt from little, and there is more now. */
    RENEWAL,
    /** A person asked for it. */
    BY_HAND
  }

  /** Where the machine is. The codes on disk are their positions: add at the end only. */
  public enum Phase {
    HEALTHY,
    SUSPECT,
    REQUESTED,
    TRAINING,
    VALIDATING,
    ROLLOUT,
    COOLDOWN;

    /** Whether a retraining is in flight. */
    public boolean inFlight() {
      return this == REQUESTED || this == TRAINING || this == VALIDATING || this == ROLLOUT;
    }
  }

  public PolicyState {
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(endedId, "endedId");
    Objects.requireNonNull(renewal, "renewal");
    panes = List.copyOf(panes);
    // In one order, so that the same state has the same bytes.
    faultyUntilMs = Collections.unmodifiableSortedMap(new TreeMap<>(faultyUntilMs));
    if (phase.inFlight() == requestId.isEmpty()) {
      throw new IllegalArgumentException(
          "the policy is " + phase + " with the request '" + requestId + "'");
    }
  }

  /** Before anything has been heard of a model. */
  public static PolicyState initial(PolicyOptions options) {
    return new PolicyState(
        Phase.HEALTHY,
        0,
        0,
        List.of(),
        NEVER,
        NEVER,
        NEVER,
        "",
        NEVER,
        0,
        options.budget(),
        NEVER,
        0,
        0,
        0,
        Cause.DRIFT,
        "",
        Renewal.NONE,
        Map.of());
  }

  /**
   * The state as bytes.
   *
   * <pre>
   * u8 version (3) | u8 phase | i32 champion | i64 epoch | i64 closedUntil | i64 eventTime
   * | i64 labelsCompleteUntil | utf requestId | i64 coolDownUntil | i32 failures | f64 tokens
   * | i64 tokensAt | i64 incidents | i64 requests | u16 panes, each:
   *   i64 start | i64 end | u8 flags (1 inputs, 2 performance, 4 drifted, 8 incident,
   *   16 degraded, 32 clouded) | utf reason | u8 names, each utf
   * | i32 cloudedInRow | u8 cause | utf endedId
   * | i32 labelledPanes | i64 newestPane | i32 renewedVersion
   * | u16 faulty columns, each: utf name | i64 until
   * </pre>
   */
  @SuppressWarnings("EnumOrdinal") // The codes on disk are positions; the enums say so.
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeByte(phase.ordinal());
      out.writeInt(champion);
      out.writeLong(epoch);
      out.writeLong(closedUntilMs);
      out.writeLong(eventTimeMs);
      out.writeLong(labelsCompleteUntilMs);
      out.writeUTF(requestId);
      out.writeLong(coolDownUntilMs);
      out.writeInt(failures);
      out.writeDouble(tokens);
      out.writeLong(tokensAtMs);
      out.writeLong(incidents);
      out.writeLong(requests);
      out.writeShort(panes.size());
      for (SeenPane pane : panes) {
        out.writeLong(pane.startMs());
        out.writeLong(pane.endMs());
        out.writeByte(
            (pane.inputsSeen() ? 1 : 0)
                | (pane.performanceSeen() ? 2 : 0)
                | (pane.drifted() ? 4 : 0)
                | (pane.incident() ? 8 : 0)
                | (pane.degraded() ? 16 : 0)
                | (pane.clouded() ? 32 : 0));
        out.writeUTF(pane.reason());
        out.writeByte(pane.features().size());
        for (String name : pane.features()) {
          out.writeUTF(name);
        }
      }
      out.writeInt(cloudedInRow);
      out.writeByte(cause.ordinal());
      out.writeUTF(endedId);
      out.writeInt(renewal.labelledPanes());
      out.writeLong(renewal.newestPaneMs());
      out.writeInt(renewal.renewedVersion());
      out.writeShort(faultyUntilMs.size());
      for (Map.Entry<String, Long> fault : faultyUntilMs.entrySet()) {
        out.writeUTF(fault.getKey());
        out.writeLong(fault.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The state that {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if a version wrote it that this one does not read, or it is
   *     damaged
   */
  public static PolicyState fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version < OLDEST_VERSION || version > VERSION) {
        throw new IllegalArgumentException(
            "the state of a policy has version %d, but this Millrace reads %d to %d; restore it with the one that wrote it"
                .formatted(version, OLDEST_VERSION, VERSION));
      }
      Phase phase = Phase.values()[in.readByte()];
      int champion = in.readInt();
      long epoch = in.readLong();
      long closedUntilMs = in.readLong();
      long eventTimeMs = in.readLong();
      long labelsCompleteUntilMs = in.readLong();
      String requestId = in.readUTF();
      long coolDownUntilMs = in.readLong();
      int failures = in.readInt();
      double tokens = in.readDouble();
      long tokensAtMs = in.readLong();
      long incidents = in.readLong();
      long requests = in.readLong();
      List<SeenPane> panes = new ArrayList<>();
      for (int left = in.readUnsignedShort(); left > 0; left--) {
        panes.add(pane(in));
      }
      return new PolicyState(
          phase,
          champion,
          epoch,
          panes,
          closedUntilMs,
          eventTimeMs,
          labelsCompleteUntilMs,
          requestId,
          coolDownUntilMs,
          failures,
          tokens,
          tokensAtMs,
          incidents,
          requests,
          version == OLDEST_VERSION ? 0 : in.readInt(),
          version <= BEFORE_RENEWALS ? Cause.DRIFT : Cause.values()[in.readByte()],
          version <= BEFORE_RENEWALS ? "" : in.readUTF(),
          version <= BEFORE_RENEWALS
              ? Renewal.NONE
              : new Renewal(in.readInt(), in.readLong(), in.readInt()),
          version <= BEFORE_RENEWALS ? Map.of() : faults(in));
    } catch (IOException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "the state of a policy is damaged: it has " + bytes.length + " bytes", e);
    }
  }

  private static Map<String, Long> faults(DataInputStream in) throws IOException {
    Map<String, Long> faults = new HashMap<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      faults.put(in.readUTF(), in.readLong());
    }
    return faults;
  }

  private static SeenPane pane(DataInputStream in) throws IOException {
    long startMs = in.readLong();
    long endMs = in.readLong();
    int flags = in.readByte();
    String reason = in.readUTF();
    List<String> features = new ArrayList<>();
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      features.add(in.readUTF());
    }
    return new SeenPane(
        startMs,
        endMs,
        (flags & 1) != 0,
        (flags & 2) != 0,
        (flags & 4) != 0,
        (flags & 16) != 0,
        (flags & 8) != 0,
        (flags & 32) != 0,
        features,
        reason);
  }
}
