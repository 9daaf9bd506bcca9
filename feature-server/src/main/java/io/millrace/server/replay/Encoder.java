package io.millrace.server.replay;

import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.schema.Change;
import io.millrace.schema.ChangeCodec;
import io.millrace.schema.EventCodec;
import io.millrace.schema.SchemaRegistry;
import java.util.Optional;

/** How the events of a source become bytes in its topic. Not thread-safe. */
interface Encoder {
  /** Registers the schema that the bytes are written with, unless this did. */
  void register();

  /**
   * The bytes of an event.
   *
   * @throws IllegalArgumentException naming the field, if null or a value is not allowed there
   */
  byte[] encode(Values values);

  /**
   * The encoder of a source: plain rows, or rows that are created where its records are changes.
   */
  static Encoder of(EventSource source, SchemaRegistry registry) {
    return source.changes().isPresent()
        ? new Created(new ChangeCodec(source, registry))
        : new Plain(new EventCodec(source, registry));
  }

  /** Of a source of things that happened. */
  record Plain(EventCodec codec) implements Encoder {
    @Override
    public void register() {
      codec.register();
    }

    @Override
    public byte[] encode(Values values) {
      return codec.encode(values);
    }
  }

  /** Of a source of changes. */
  record Created(ChangeCodec codec) implements Encoder {
    @Override
    public void register() {
      codec.register();
    }

    @Override
    public byte[] encode(Values values) {
      return codec.encode(new Change(Optional.empty(), Optional.of(values)));
    }
  }
}
