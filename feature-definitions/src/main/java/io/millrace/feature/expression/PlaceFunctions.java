package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;

/** Functions of places on the earth, and of places in a table of a fixed size. */
final class PlaceFunctions {
  /** The IUGG's mean radius of the earth, in km. */
  private static final double EARTH_KM = 6371.0088;

  static final List<Function> ALL =
      List.of(
          Function.of(
              "hash",
              "Hash and distance",
              "A bucket of [0, buckets): MurmurHash3 (x86, 32 bits, seed 0) of the text's UTF-8,"
                  + " unsigned, modulo the buckets. The same in every version and on every machine."
                  + " An integer is hashed as its decimal text.",
              "hash('hello', 1000) == 351",
              Function.overload(
                  "text: STRING, buckets: INT64_LITERAL",
                  ValueType.INT64,
                  a -> hash(a.get(0), a.get(1))),
              Function.overload(
                  "x: INT64, buckets: INT64_LITERAL",
                  ValueType.INT64,
                  a -> hash(Conversions.toText(a.get(0)), a.get(1)))),
          Function.of(
              "haversine_km",
              "Hash and distance",
              "The distance of two places given in degrees, in km, by the haversine formula on a"
                  + " sphere of 6371.0088 km; null where a latitude is outside of [-90, 90] or a"
                  + " longitude outside of [-180, 180].",
              "round(haversine_km(40.64, -73.78, 33.94, -118.41)) == 3974.0",
              Function.overload(
                  "lat1: FLOAT64, lon1: FLOAT64, lat2: FLOAT64, lon2: FLOAT64",
                  ValueType.FLOAT64,
                  PlaceFunctions::haversine)));

  private PlaceFunctions() {}

  private static Closure hash(Closure text, Closure buckets) {
    if (!(buckets.constant() instanceof Long count) || count < 1 || count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "buckets are a literal from 1 to 2147483647, such as hash(tail_num, 1000)");
    }
    long modulus = count;
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!text.evaluate(row, cell)) {
            return false;
          }
          cell.number = Integer.toUnsignedLong(Murmur3.hash(cell.text)) % modulus;
          return true;
        });
  }

  private static Closure haversine(List<Closure> degrees) {
    Closure lat1 = degrees.get(0);
    Closure lon1 = degrees.get(1);
    Closure lat2 = degrees.get(2);
    Closure lon2 = degrees.get(3);
    return Closure.of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!lat1.evaluate(row, cell) || !(Math.abs(cell.real) <= 90)) {
            return false;
          }
          double a = Math.toRadians(cell.real);
          if (!lon1.evaluate(row, cell) || !(Math.abs(cell.real) <= 180)) {
            return false;
          }
          double b = Math.toRadians(cell.real);
          if (!lat2.evaluate(row, cell) || !(Math.abs(cell.real) <= 90)) {
            return false;
          }
          double c = Math.toRadians(cell.real);
          if (!lon2.evaluate(row, cell) || !(Math.abs(cell.real) <= 180)) {
            return false;
          }
          cell.real = km(a, b, c, Math.toRadians(cell.real));
          return true;
        });
  }

  /** StrictMath, so that every machine has the same value. */
  private static double km(double lat1, double lon1, double lat2, double lon2) {
    double lat = StrictMath.sin((lat2 - lat1) / 2);
    double lon = StrictMath.sin((lon2 - lon1) / 2);
    double h = lat * lat + StrictMath.cos(lat1) * StrictMath.cos(lat2) * lon * lon;
    // Rounding may leave a little more than one between antipodes.
    return 2 * EARTH_KM * StrictMath.asin(Math.sqrt(Math.min(1, h)));
  }
}
