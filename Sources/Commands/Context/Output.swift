import Synchronization

/// A stream that text is written to. Writing never throws: a reader who has left (`| head`) is no failure, and any
/// other failure is kept until the job is done, so that a full disk under a report does not cost the history.
package final class Output: Sendable {
  private enum State {
    case open
    case readerLeft
    case failed(SystemError)
  }

  /// Whether a person reads it as it is written.
  package let isTerminal: Bool
  /// How many columns it is wide; `nil` where lines have no limit.
  package let width: Int?

  private let put: @Sendable ([UInt8]) throws(SystemError) -> Void
  private let state = Mutex(State.open)

  /// A stream over a function that writes all of the bytes.
  package init(
    isTerminal: Bool, width: Int?, put: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
  ) {
    self.isTerminal = isTerminal
    self.width = width
    self.put = put
  }

  /// The first failure to write, if there was one.
  package var failure: SystemError? {
    state.withLock { if case .failed(let error) = $0 { error } else { nil } }
  }

  /// Writes the text as UTF-8.
  package func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes the bytes, as long as somebody reads them.
  package func write(_ bytes: [UInt8]) {
    state.withLock { state in
      guard case .open = state else { return }
      do throws(SystemError) {
        try put(bytes)
      } catch {
        state = error.isBrokenPipe ? .readerLeft : .failed(error)
      }
    }
  }
}
