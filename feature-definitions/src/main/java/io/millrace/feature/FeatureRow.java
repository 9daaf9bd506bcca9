package io.millrace.feature;

/**
 * One view's values for one key as of an instant.
 *
 * @param view the view's {@link FeatureView#id}
 * @param asOfMs the values are of events strictly before it
 * @param lastEventMs the time of the key's last event, from which age and ttl are counted
 * @param sequence orders rows of one key with the same {@code asOfMs}: the newest (asOfMs,
 *     sequence) wins
 */
public record FeatureRow(
    String view, EntityKey key, long asOfMs, long lastEventMs, long sequence, Values values) {}
