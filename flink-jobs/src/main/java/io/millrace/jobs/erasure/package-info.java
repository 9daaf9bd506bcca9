/** How a job hears of erasures, refuses what is an erased subject's, and says that it obeyed. */
package io.millrace.jobs.erasure;
