package io.millrace.jobs.history;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** A serializer whose bytes are written one after the other. */
abstract class Codec<T> implements SimpleVersionedSerializer<T> {
  private final int version;

  /**
   * @param version of the bytes, and of what they mean; another is refused
   */
  Codec(int version) {
    this.version = version;
  }

  abstract void write(T value, DataOutputStream out) throws IOException;

  abstract T read(DataInputStream in) throws IOException;

  @Override
  public int getVersion() {
    return version;
  }

  @Override
  public byte[] serialize(T value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(value, out);
    }
    return bytes.toByteArray();
  }

  @Override
  public T deserialize(int written, byte[] serialized) throws IOException {
    if (written != version) {
      throw new IOException(
          "a state of the history has version "
              + written
              + ", but this release reads "
              + version
              + "; begin the history anew");
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
      return read(in);
    }
  }
}
