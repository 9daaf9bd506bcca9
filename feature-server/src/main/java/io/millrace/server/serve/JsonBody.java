package io.millrace.server.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.google.common.base.Utf8;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a JSON body token by token, and refuses what is not expected with its place. For one body
 * and one thread.
 */
public final class JsonBody implements AutoCloseable {
  private static final int MOST_NESTED = 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(MOST_NESTED).build())
          .build();

  private final JsonParser parser;

  private JsonBody(JsonParser parser) {
    this.parser = parser;
  }

  /** What reads one body. */
  @FunctionalInterface
  public interface Reader<T> {
    T read(JsonBody body) throws IOException;
  }

  /**
   * Reads a whole body: after the value that the reader takes nothing may follow.
   *
   * @throws Refusal with line and column, if it is not UTF-8, not JSON or not what the reader takes
   */
  public static <T> T read(byte[] bytes, Reader<T> reader) {
    requireUtf8(bytes);
    try (JsonBody body = new JsonBody(JSON.createParser(bytes))) {
      if (body.parser.nextToken() == null) {
        throw Refusal.invalid("the body is empty; send a JSON object");
      }
      T value = reader.read(body);
      if (body.parser.nextToken() != null) {
        throw body.refusal("something follows the end of the JSON");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw Refusal.invalid(
          "the body is no JSON that can be read: "
              + Refusal.shown(e.getOriginalMessage())
              + place(e.getLocation()));
    } catch (IOException e) {
      throw new Refusal(Refusal.Kind.INTERNAL, "the body cannot be read", e);
    }
  }

  private static void requireUtf8(byte[] bytes) {
    if (Utf8.isWellFormed(bytes)) {
      return;
    }
    int good = 0;
    while (good < bytes.length && Utf8.isWellFormed(bytes, 0, good + 1)) {
      good++;
    }
    throw Refusal.invalid("the body is not UTF-8, from byte " + good + " on or soon after");
  }

  /** The token that is read now. */
  public JsonToken token() {
    return parser.currentToken();
  }

  /** Goes on to the next token. */
  public JsonToken next() throws IOException {
    return parser.nextToken();
  }

  /** What to throw at the place that is read now. */
  public Refusal refusal(String message) {
    return Refusal.invalid(message + place(parser.currentTokenLocation()));
  }

  private static String place(JsonLocation location) {
    return location == null
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }

  /** Reads the members of the object that is read now. */
  public void object(String what, MemberReader reader) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw refusal(what + " must be an object, but is " + found());
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      reader.read(name);
    }
  }

  /** Reads one member of an object; the parser stands at its value. */
  @FunctionalInterface
  public interface MemberReader {
    void read(String name) throws IOException;
  }

  /** The text that is read now. */
  public String text(String what) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw refusal(what + " must be a text, but is " + found());
    }
    return parser.getText();
  }

  /** The truth that is read now. */
  public boolean truth(String what) {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw refusal(what + " must be true or false, but is " + found());
    };
  }

  /** The list of texts that is read now. */
  public List<String> texts(String what) throws IOException {
    requireList(what);
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      texts.add(text(what + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /** The list of values that is read now; see {@link #value}. */
  public List<Object> values(String what) throws IOException {
    requireList(what);
    List<Object> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(what));
    }
    return values;
  }

  /** The object of lists that is read now: columns by name. */
  public Map<String, List<Object>> columns(String what) throws IOException {
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    object(what, name -> columns.put(name, values(what + "." + Refusal.shown(name))));
    return columns;
  }

  /** The value that is read now: null, Boolean, Long, Double, String, List or Map. */
  public Object value(String what) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_FLOAT -> finite(what, parser.getDoubleValue());
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? (Object) finite(what, parser.getDoubleValue())
              : (Object) parser.getLongValue();
      case START_ARRAY -> values(what);
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        object(what, name -> map.put(name, value(what)));
        yield map;
      }
      default -> throw refusal(what + " has no value");
    };
  }

  private double finite(String what, double number) {
    if (Double.isInfinite(number)) {
      throw refusal(what + " has a number that is too large for 64 bits");
    }
    return number;
  }

  private void requireList(String what) {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw refusal(what + " must be a list, but is " + found());
    }
  }

  private String found() {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a text";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      case VALUE_NULL -> "null";
      default -> "nothing";
    };
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
