import Commands
import Fleet
import Foundation
import Synchronization
import TestSupport

/// A server that takes pushes in, and fails as it is told to. It stores what ClickHouse would store: a row counts once its
/// hour's version is the newest that was committed.
final class PushedServer: HTTPTransport {
  /// What becomes of an insert.
  enum Fate: CaseIterable {
    case stored
    /// The connection breaks before anything is stored.
    case lost
    /// All is stored, and the answer is HTTP 500.
    case storedThen500
    /// All is stored, and no answer comes.
    case storedThenLost
    /// The first half of the rows is stored, and the connection breaks.
    case halfStored
    /// Nothing is stored, and some gateway answers HTTP 200 with a page.
    case signInPage
  }

  struct State {
    var requests: [[String]] = []
    var commits: [[String]] = []
    var machines: [[String]] = []
    var statements: [String] = []
    var headers: [[String: String]] = []
  }

  private let state = Mutex(State())
  /// What time it is there, epoch milliseconds.
  let clock = Mutex(TestContext.now)
  private let fate: @Sendable () -> Fate

  init(_ fate: @escaping @Sendable () -> Fate = { .stored }) { self.fate = fate }

  /// All that was stored.
  var stored: State { state.withLock { $0 } }

  /// The newest commit of each machine and hour: machine, hour, version, rows, requests, digest.
  var newest: [[String]: [String]] {
    var newest: [[String]: [String]] = [:]
    for commit in stored.commits {
      let key = Array(commit[0..<2])
      if let known = newest[key], (UInt64(known[2]) ?? 0) > (UInt64(commit[2]) ?? 0) { continue }
      newest[key] = commit
    }
    return newest
  }

  /// The rows that count, without their versions.
  var counted: [[String]] {
    let newest = newest
    return stored.requests.filter { newest[Array($0[0..<2])]?[2] == $0[2] }.map { Array($0[0..<2] + $0[3...]) }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Hours of which something else counts than what was committed.
  var unproven: [String] {
    newest.values.filter { commit in
      let (rows, digest) = rows(of: commit)
      return commit[3] != "\(rows)" || commit[5] != "\(digest)"
    }.map { $0[1] }.sorted()
  }

  private func rows(of commit: [String]) -> (count: Int, digest: UInt64) {
    let rows = stored.requests.filter { $0[0..<3] == commit[0..<3] }
    return (rows.count, rows.reduce(UInt64(0)) { $0 &+ (UInt64($1[3]) ?? 0) })
  }

  /// What it holds of the machine that a question names.
  private func answer(_ question: String) -> [[String]]? {
    let machine = question.split(separator: "machine = ").dropFirst().first.map { String($0.prefix { $0.isNumber }) }
    guard let machine else { return nil }
    let commits = newest.values.filter { $0[0] == machine }
    func sum(_ column: Int) -> UInt64 { commits.reduce(0) { $0 &+ (UInt64($1[column]) ?? 0) } }
    if question.hasPrefix("SELECT count(), sum(r)") {
      let newest = commits.compactMap { Int64($0[2]) }.max() ?? 0
      return [["\(commits.count)", "\(sum(3))", "\(sum(5))", "\(sum(2))", "\(newest)"]]
    }
    if question.hasPrefix("SELECT hour, max(version)") { return commits.map { [$0[1], $0[2], $0[3], $0[5]] } }
    guard question.hasPrefix("SELECT hour, count(), sum(key)") else { return nil }
    return commits.compactMap { commit in
      let (rows, digest) = rows(of: commit)
      return rows == 0 ? nil : [commit[1], "\(rows)", "\(digest)"]
    }
  }

  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    guard case .upload(let body, let headers) = request.method else {
      throw HTTPFailure(.other, bodySent: false)
    }
    let items = URLComponents(url: request.url.url, resolvingAgainstBaseURL: false)?.queryItems ?? []
    guard let insertion = items.first(where: { $0.name == "query" })?.value else {
      let question = String(decoding: body, as: UTF8.self)
      state.withLock { $0.statements.append(question) }
      if let rows = answer(question) {
        return HTTPResponse(status: 200, body: Array(rows.map { $0.joined(separator: "\t") + "\n" }.joined().utf8))
      }
      let layout = "1\t2\t\(clock.withLock { $0 } / 1000)\n"
      return HTTPResponse(status: 200, body: Array((question.contains("FROM `fleet_test`.fleet") ? layout : "").utf8))
    }
    let fate = fate()
    if fate == .lost { throw HTTPFailure(.connectionLost, bodySent: false) }
    if fate == .signInPage { return HTTPResponse(status: 200, body: Array("<html>Welcome</html>".utf8)) }
    state.withLock { state in
      state.headers.append(headers)
      func rows(_ types: [RowBinary.FieldType]) -> [[String]] {
        let all = RowBinary.rows(body, types)
        return fate == .halfStored ? Array(all.prefix(all.count / 2)) : all
      }
      if insertion.contains("`.commits ") {
        state.commits += rows(FleetSchema.commitTypes)
      } else if insertion.contains("`.machine ") {
        state.machines += rows([.uint64, .int64, .string, .string])
      } else {
        state.requests += rows(FleetSchema.request.map(\.type))
      }
    }
    switch fate {
    case .stored, .lost, .signInPage: return HTTPResponse(status: 200)
    case .storedThen500: return HTTPResponse(status: 500, body: Array("Code: 319, e.displayText() = ...".utf8))
    case .storedThenLost, .halfStored: throw HTTPFailure(.connectionLost, bodySent: true)
    }
  }
}
