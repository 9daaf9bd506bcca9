package io.millrace.schema;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * A Java record as an Avro record, component by component.
 *
 * <pre>
 * String, int, long, double, boolean   the Avro type of that name, also boxed
 * long xMs                             timestamp-millis x
 * enum                                 enum
 * Optional of T                        union of null and T, null by default
 * List of T                            array of T
 * a record                             a record
 * </pre>
 *
 * <p>Names become snake case: {@code requestTimeMs} is {@code request_time}. Immutable and
 * thread-safe.
 *
 * @param <T> the Java record
 */
public final class RecordMapping<T extends Record> {
  private static final String NAMESPACE = "io.millrace";
  private static final String MILLIS = "Ms";

  private final Schema schema;
  private final Constructor<T> constructor;
  private final List<Component> components;

  private record Component(RecordComponent component, Field field, Schema.Field avro) {}

  private RecordMapping(Class<T> type) {
    List<Schema.Field> fields = new ArrayList<>();
    List<Field> mapped = new ArrayList<>();
    Class<?>[] types = new Class<?>[type.getRecordComponents().length];
    for (int i = 0; i < types.length; i++) {
      RecordComponent component = type.getRecordComponents()[i];
      types[i] = component.getType();
      Field field = fieldOf(component.getGenericType(), component.getName().endsWith(MILLIS));
      mapped.add(field);
      fields.add(
          field.isNullable()
              ? AvroTypes.nullable(avroName(component), field.schema())
              : new Schema.Field(avroName(component), field.schema()));
    }
    this.schema = Schema.createRecord(type.getSimpleName(), null, NAMESPACE, false, fields);
    this.components = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      RecordComponent component = type.getRecordComponents()[i];
      components.add(new Component(component, mapped.get(i), schema.getField(avroName(component))));
    }
    try {
      this.constructor = type.getDeclaredConstructor(types);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("every record has its canonical constructor", e);
    }
  }

  /**
   * The mapping of a public record of public types.
   *
   * @throws IllegalArgumentException naming a type that cannot be mapped
   */
  public static <T extends Record> RecordMapping<T> of(Class<T> type) {
    return new RecordMapping<>(type);
  }

  /** The Avro schema. */
  public Schema schema() {
    return schema;
  }

  /** The record in Avro. */
  public GenericRecord toAvro(T value) {
    GenericData.Record record = new GenericData.Record(schema);
    for (Component component : components) {
      record.put(
          component.avro().pos(), component.field().toAvro(read(component.component(), value)));
    }
    return record;
  }

  /**
   * The record from Avro.
   *
   * @throws IllegalArgumentException if its values break a rule of the record
   */
  public T fromAvro(GenericRecord record) {
    Object[] values = new Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      Component component = components.get(i);
      values[i] = component.field().fromAvro(record.get(component.avro().pos()));
    }
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "the " + schema.getName() + " is none: " + e.getCause().getMessage(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(schema.getName() + " cannot be made", e);
    }
  }

  private static Object read(RecordComponent component, Object value) {
    try {
      return component.getAccessor().invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }

  private static String avroName(RecordComponent component) {
    String name = component.getName();
    if (name.endsWith(MILLIS)) {
      name = name.substring(0, name.length() - MILLIS.length());
    }
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** How one Java type is written. */
  private interface Field {
    Schema schema();

    default boolean isNullable() {
      return false;
    }

    default Object toAvro(Object value) {
      return value;
    }

    default Object fromAvro(Object value) {
      return value;
    }
  }

  private record Plain(Schema schema) implements Field {}

  private record Text(Schema schema) implements Field {
    @Override
    public Object fromAvro(Object value) {
      return value.toString();
    }
  }

  private record Symbol(Schema schema, Class<?> type) implements Field {
    @Override
    public Object toAvro(Object value) {
      return new GenericData.EnumSymbol(schema, ((Enum<?>) value).name());
    }

    @Override
    public Object fromAvro(Object value) {
      for (Object constant : type.getEnumConstants()) {
        if (((Enum<?>) constant).name().equals(value.toString())) {
          return constant;
        }
      }
      throw new IllegalArgumentException(value + " is no " + type.getSimpleName());
    }
  }

  private record Maybe(Field inner) implements Field {
    @Override
    public Schema schema() {
      return inner.schema();
    }

    @Override
    public boolean isNullable() {
      return true;
    }

    @Override
    public Object toAvro(Object value) {
      return ((Optional<?>) value).map(inner::toAvro).orElse(null);
    }

    @Override
    public Object fromAvro(Object value) {
      return Optional.ofNullable(value).map(inner::fromAvro);
    }
  }

  private record Many(Schema schema, Field inner) implements Field {
    @Override
    public Object toAvro(Object value) {
      return ((List<?>) value).stream().map(inner::toAvro).toList();
    }

    @Override
    public Object fromAvro(Object value) {
      return ((List<?>) value).stream().map(inner::fromAvro).toList();
    }
  }

  private record Nested<R extends Record>(RecordMapping<R> mapping, Class<R> type)
      implements Field {
    @Override
    public Schema schema() {
      return mapping.schema();
    }

    @Override
    public Object toAvro(Object value) {
      return mapping.toAvro(type.cast(value));
    }

    @Override
    public Object fromAvro(Object value) {
      return mapping.fromAvro((GenericRecord) value);
    }
  }

  private static Field fieldOf(Type type, boolean instant) {
    if (type instanceof ParameterizedType of) {
      Field inner = fieldOf(of.getActualTypeArguments()[0], instant);
      if (of.getRawType() == Optional.class) {
        return new Maybe(inner);
      }
      if (of.getRawType() == List.class) {
        return new Many(Schema.createArray(inner.schema()), inner);
      }
    }
    if (type == String.class) {
      return new Text(AvroTypes.string());
    }
    if (type == long.class || type == Long.class) {
      return new Plain(instant ? AvroTypes.timestamp() : Schema.create(Schema.Type.LONG));
    }
    if (type == int.class || type == Integer.class) {
      return new Plain(Schema.create(Schema.Type.INT));
    }
    if (type == double.class) {
      return new Plain(Schema.create(Schema.Type.DOUBLE));
    }
    if (type == boolean.class || type == Boolean.class) {
      return new Plain(Schema.create(Schema.Type.BOOLEAN));
    }
    if (type instanceof Class<?> some && some.isEnum()) {
      List<String> symbols = new ArrayList<>();
      for (Object constant : some.getEnumConstants()) {
        symbols.add(((Enum<?>) constant).name());
      }
      String name =
          some.getEnclosingClass() == null
              ? some.getSimpleName()
              : some.getEnclosingClass().getSimpleName() + some.getSimpleName();
      return new Symbol(Schema.createEnum(name, null, NAMESPACE, symbols), some);
    }
    if (type instanceof Class<?> some && some.isRecord()) {
      return nested(some.asSubclass(Record.class));
    }
    throw new IllegalArgumentException(type + " has no Avro type here");
  }

  private static <R extends Record> Field nested(Class<R> type) {
    return new Nested<>(of(type), type);
  }
}
