import Foundation
import Pricing

/// Files as they were at a revision, through the git program.
struct Git {
  /// The folder that git works in; it must exist.
  let folder: String
  let environment: [String: String]

  private init(folder: String, in context: Context) {
    self.folder = folder
    environment = context.environment
  }

  /// Git for what stands at a path, which may be gone: in the path itself where that is a repository, else in the folder
  /// that holds it.
  /// - Returns: also the path as git knows it. That is where links lead to, not what lies behind them.
  static func holding(_ path: String, in context: Context) -> (git: Git, path: String) {
    var path = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let isRepository = FileManager.default.fileExists(atPath: path + "/.git")
    let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    return (Git(folder: isRepository ? path : parent, in: context), path)
  }

  /// A revision that exists.
  struct Commit {
    fileprivate var hash: String
    /// As the user wrote it.
    var name: String
  }

  /// Finds a revision.
  func commit(_ name: String) throws(CommandFailure) -> Commit {
    guard !name.isEmpty else {
      throw CommandFailure("git: names no revision", hint: "write git:REF, such as git:origin/main")
    }
    let inside = try run(["rev-parse", "--is-inside-work-tree"])
    guard inside.succeeded else {
      throw CommandFailure(
        "git cannot work in \(folder): \(inside.reason)",
        hint: "name a file or folder instead, or keep it in a git repository")
    }
    let found = try run(["rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}"])
    guard found.succeeded else {
      let isShallow = try run(["rev-parse", "--is-shallow-repository"]).text == "true\n"
      throw CommandFailure(
        "there is no revision \(Self.shown(name)) in the repository of \(folder)",
        hint: isShallow
          ? "the clone is shallow; fetch the revision, in actions/checkout with `fetch-depth: 0`"
          : "name a branch, a tag or a commit; a branch of the server is origin/NAME")
    }
    return Commit(hash: found.text.trimmingCharacters(in: .whitespacesAndNewlines), name: name)
  }

  /// A file's bytes; `nil` where the revision has none of that name.
  /// - Parameter path: absolute; its folder need not exist any more.
  func file(_ path: String, at commit: Commit) throws(CommandFailure) -> Data? {
    let place = try relative(path)
    guard !place.isEmpty, let entry = try entries(place, at: commit).first, entry.isFile else { return nil }
    return try contents(of: entry, at: commit)
  }

  /// The bytes of a history's file, or of the files of its folder; none where the revision has neither.
  /// - Parameter path: as `holding` gives it.
  func historyFiles(_ path: String, at commit: Commit) throws(CommandFailure) -> [Data] {
    if let file = try file(path, at: commit) { return [file] }
    let place = try relative(path)
    var files: [Data] = []
    for entry in try entries(inside: place, at: commit)
    where HistoryStore.isHistory(String(entry.name.split(separator: "/").last ?? "")) {
      files.append(try contents(of: entry, at: commit))
    }
    return files
  }

  /// The pricing files of a folder; none where the revision has no such folder.
  func pricingFiles(in path: String, at commit: Commit) throws(CommandFailure) -> [PricingFile] {
    let place = try relative(path)
    var files: [PricingFile] = []
    for entry in try entries(inside: place, at: commit) {
      let last = entry.name.split(separator: "/").last ?? ""
      guard !last.hasPrefix("."), last.hasSuffix(".yaml") || last.hasSuffix(".yml") else { continue }
      let text = String(decoding: try contents(of: entry, at: commit), as: UTF8.self)
      files.append(PricingFile(name: "\(commit.name):\(entry.name)", text: text))
    }
    return files
  }

  /// What a revision holds at a path.
  private struct Entry {
    var name: String
    /// Whether it is a file, or a link.
    var isFile: Bool
    var isLink: Bool
  }

  /// - Parameter place: a folder, from `folder` on; empty for that itself.
  private func entries(inside place: String, at commit: Commit) throws(CommandFailure) -> [Entry] {
    try entries(place.isEmpty ? "./" : place + "/", at: commit)
  }

  /// - Parameter place: from `folder` on; with a slash at its end, what the folder holds.
  private func entries(_ place: String, at commit: Commit) throws(CommandFailure) -> [Entry] {
    let listed = try run(["ls-tree", "-z", commit.hash, "--", place])
    guard listed.succeeded else { return [] }
    return listed.text.split(separator: "\0").compactMap { line in
      guard let tab = line.firstIndex(of: "\t") else { return nil }
      return Entry(
        name: String(line[line.index(after: tab)...]), isFile: line[..<tab].contains(" blob "),
        isLink: line.hasPrefix("120000"))
    }
  }

  /// A file's bytes, or those of the file that a link leads to.
  private func contents(of entry: Entry, at commit: Commit) throws(CommandFailure) -> Data {
    var entry = entry
    for _ in 0..<8 {
      let blob = try run(["cat-file", "blob", "\(commit.hash):./\(entry.name)"])
      guard blob.succeeded else {
        throw CommandFailure(
          "git cannot read \(Self.shown(entry.name)) at \(Self.shown(commit.name)): \(blob.reason)")
      }
      guard entry.isLink else { return blob.output }
      let path = entry.name.split(separator: "/").dropLast().map(String.init) + [blob.text]
      guard !blob.text.hasPrefix("/"), let next = try entries(path.joined(separator: "/"), at: commit).first,
        next.isFile
      else { break }
      entry = next
    }
    throw CommandFailure(
      "\(Self.shown(entry.name)) at \(Self.shown(commit.name)) is a link to a file that the revision does not hold")
  }

  /// A path as git takes it, from `folder` on.
  private func relative(_ path: String) throws(CommandFailure) -> String {
    if path == folder { return "" }
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    guard path.hasPrefix(base) else {
      throw CommandFailure("\(path) is not inside \(folder), so no revision holds it")
    }
    return String(path.dropFirst(base.count))
  }

  private struct Answer {
    var succeeded: Bool
    var output: Data
    var reason: String
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  private func run(_ arguments: [String]) throws(CommandFailure) -> Answer {
    let ending: ChildProcess.Ending
    do {
      ending = try ChildProcess.run(
        ["git", "-C", folder] + arguments,
        environment: environment.merging(["LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"]) { $1 },
        seconds: 120)
    } catch {
      throw CommandFailure("cannot start git: \(error.localizedDescription)")
    }
    guard let status = ending.status else { throw CommandFailure("git gave no answer within two minutes") }
    // What env answers where there is no such program.
    if status == 127 {
      throw CommandFailure(
        "there is no git program", hint: "install git, or name files and folders instead of revisions")
    }
    let first = String(decoding: ending.errors, as: UTF8.self).split(separator: "\n").first ?? "no reason given"
    return Answer(succeeded: status == 0, output: ending.output, reason: Self.shown(String(first)))
  }

  /// What somebody else wrote, on one line.
  private static func shown(_ text: String) -> String { Display.text(text) }
}
