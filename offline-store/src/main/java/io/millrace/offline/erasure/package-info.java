/**
 * Takes a subject out of the offline store, says so in a signed receipt, and keeps the audit log.
 */
package io.millrace.offline.erasure;
