package io.millrace.inference.policy;

/**
 * What speaks for renewing a champion that learnt from little. Immutable.
 *
 * @param labelledPanes panes that the champion answered, whose labels are complete and whose data
 *     had no fault that matters, since it began to serve or a retraining was last asked for
 * @param newestPaneMs the start of the newest of them; {@link PolicyState#NEVER} without any
 * @param renewedVersion the version that the last renewal brought, which is not renewed again; 0 if
 *     there is none
 */
record Renewal(int labelledPanes, long newestPaneMs, int renewedVersion) {
  static final Renewal NONE = new Renewal(0, PolicyState.NEVER, 0);

  Renewal with(SeenPane pane) {
    return new Renewal(labelledPanes + 1, Math.max(newestPaneMs, pane.startMs()), renewedVersion);
  }

  /** Counts from nothing: of another champion, or after a request that took up what there was. */
  Renewal again() {
    return new Renewal(0, PolicyState.NEVER, renewedVersion);
  }

  Renewal brought(int version) {
    return new Renewal(labelledPanes, newestPaneMs, version);
  }
}
