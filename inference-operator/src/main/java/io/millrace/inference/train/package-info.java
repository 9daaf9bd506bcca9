/** Training. XGBoost is named only here, and its native code runs only in a child process. */
package io.millrace.inference.train;
