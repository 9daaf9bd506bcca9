package io.millrace.server.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The flights that the demo can replay, and when its model stops learning from each. */
public enum DemoData {
  /** Departures from New York, 2013 and 2017, with the weather of 2013 beside them. */
  NYC(
      "nyc2013_2017",
      List.of("scheduled", "departed", "arrived", "weather"),
      "2013-01-15T00:00:00Z",
      "2013-07-01T00:00:00Z",
      "2013-08-01T00:00:00Z",
      "P2D",
      60_000),
  /** The whole network of the United States, January to April 2008. */
  NET2008(
      "net2008",
      List.of("scheduled", "departed", "arrived"),
      "2008-01-15T00:00:00Z",
      "2008-03-01T00:00:00Z",
      "2008-04-01T00:00:00Z",
      "PT6H",
      Double.POSITIVE_INFINITY),
  /** San Francisco and Oakland, 2020. */
  SFO2020(
      "sfo2020",
      List.of("scheduled", "departed", "arrived"),
      "2020-01-08T00:00:00Z",
      "2020-02-15T00:00:00Z",
      "2020-03-15T00:00:00Z",
      "P3D",
      75_000);

  private final String dataset;
  private final List<String> sources;
  private final Instant trainFrom;
  private final Instant trainTo;
  private final Instant evaluateTo;
  private final Duration alignment;
  private final double speed;

  DemoData(
      String dataset,
      List<String> sources,
      String trainFrom,
      String trainTo,
      String evaluateTo,
      String alignment,
      double speed) {
    this.dataset = dataset;
    this.sources = sources;
    this.trainFrom = Instant.parse(trainFrom);
    this.trainTo = Instant.parse(trainTo);
    this.evaluateTo = Instant.parse(evaluateTo);
    this.alignment = Duration.parse(alignment);
    this.speed = speed;
  }

  /** What the variable {@code dataset} of the definitions stands for. */
  String dataset() {
    return dataset;
  }

  /** The event sources that have a history in this data. */
  List<String> sources() {
    return sources;
  }

  /** The first request that the model learns from: windows need some past before it. */
  Instant trainFrom() {
    return trainFrom;
  }

  /** The first request that the model has not seen. */
  Instant trainTo() {
    return trainTo;
  }

  /**
   * How far, in event time, one partition may run ahead of another: some thousands of events, since
   * what runs ahead waits on the job's heap.
   */
  Duration alignment() {
    return alignment;
  }

  /**
   * Seconds of event time a second, unless told otherwise: slow enough that a training takes days
   * of event time, not months.
   */
  public double defaultSpeed() {
    return speed;
  }

  /** The end of the period on which training reports its figures. */
  Instant evaluateTo() {
    return evaluateTo;
  }
}
