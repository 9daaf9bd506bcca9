package io.millrace.feature.window;

import io.millrace.feature.FeatureView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tracks that the features of a view need: one for each tiling, and the events themselves where
 * they are taken back from features that cannot forget one. The arrays are not to be changed.
 *
 * @param raw the events themselves; null if they are not kept
 * @param runs tells since when a key is not forgotten, where a late event may join it with what it
 *     was; null where none may, or it does not matter
 */
record ViewTracks(Track[] tracks, RawTrack raw, Track runs) {
  /**
   * @param latenessMs how late an event may come
   * @param runsTtlMs after how long without an event a key is forgotten, where a late event may
   *     join what it was before with what it is; else 0
   */
  static ViewTracks of(
      FeatureView view,
      List<CompiledFeature> features,
      Contributions contributions,
      boolean retracts,
      long latenessMs,
      long runsTtlMs) {
    boolean mayJoinRuns = runsTtlMs > 0;
    List<CompiledFeature> fromEvents =
        features.stream()
            .filter(f -> !f.isRatio())
            .map(f -> mayJoinRuns ? f.inRunsOf(runsTtlMs) : f)
            .toList();
    // Features that can forget an event lie in tiles; the others, where events are taken back, are
    // computed from the events themselves.
    List<CompiledFeature> inTiles =
        retracts ? fromEvents.stream().filter(CompiledFeature::isInvertible).toList() : fromEvents;
    Track[] ofFeatures = tracksOf(inTiles, contributions, latenessMs, true);
    boolean needsRuns =
        mayJoinRuns
            && Arrays.stream(ofFeatures).anyMatch(Track::isOfRows)
            && Arrays.stream(ofFeatures).noneMatch(Track::isOfRuns);
    Track[] tracks = Arrays.copyOf(ofFeatures, ofFeatures.length + (needsRuns ? 1 : 0));
    if (needsRuns) {
      tracks[ofFeatures.length] =
          Track.ofRuns(ofFeatures.length, runsTtlMs, contributions, latenessMs);
    }
    RawTrack raw = null;
    if (retracts && (inTiles.size() < fromEvents.size() || view.ttl().isPresent())) {
      List<CompiledFeature> others = new ArrayList<>(fromEvents);
      others.removeAll(inTiles);
      Track[] twins = tracksOf(others, contributions, Long.MAX_VALUE, false);
      raw =
          new RawTrack(
              tracks.length, twins, new ViewState(view.id(), layouts(twins)), contributions);
    }
    Track runs = Arrays.stream(tracks).filter(Track::isOfRuns).findFirst().orElse(null);
    return new ViewTracks(tracks, raw, runs);
  }

  private static Track[] tracksOf(
      List<CompiledFeature> features,
      Contributions contributions,
      long latenessMs,
      boolean isBounded) {
    Map<String, List<CompiledFeature>> byTiling =
        features.stream()
            .collect(
                Collectors.groupingBy(
                    f -> Tiling.of(f).toString(), TreeMap::new, Collectors.toList()));
    List<Track> tracks = new ArrayList<>();
    for (List<CompiledFeature> ofOneTiling : byTiling.values()) {
      tracks.add(new Track(tracks.size(), ofOneTiling, contributions, latenessMs, isBounded));
    }
    return tracks.toArray(Track[]::new);
  }

  private static List<TrackLayout> layouts(Track[] tracks) {
    return Arrays.stream(tracks).map(Track::layout).toList();
  }

  /** In the order of the state, the events' at last. */
  List<TrackLayout> layouts() {
    List<TrackLayout> all = new ArrayList<>(layouts(tracks));
    if (raw != null) {
      all.add(raw.layout());
    }
    return all;
  }

  /** How many windows the track with the most of them has. */
  int mostWindows() {
    int windows = raw == null ? 0 : raw.windows();
    for (Track track : tracks) {
      windows = Math.max(windows, track.reader().windows());
    }
    return windows;
  }

  /** The greatest age that an event in any window can have, in milliseconds. */
  long reachMs() {
    long reach = raw == null ? 0 : raw.reachMs();
    for (Track track : tracks) {
      reach = Math.max(reach, track.life().reachMs());
    }
    return reach;
  }
}
