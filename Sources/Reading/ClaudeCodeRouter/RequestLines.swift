import Foundation
import Model

/// Reads the lines of a claude-code-router log that matter. Each function takes one kind of line and looks at no more
/// of it than it needs: a prompt is passed over from behind, never searched.
enum RequestLines {
  /// `"data":{"model":…,"messages":[…],…},"type":"request body"}`.
  static func body(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> RequestFact.Event {
    var edges = BodyEdges()
    var cursor = JSONCursor(at: start)
    guard try cursor.key(bytes, first: true).map({ bytes.holds("data", at: $0.lowerBound) }) == true else {
      throw .unexpectedByte
    }
    try cursor.enterObject(bytes)
    let object = cursor
    // From the front as far as the first long member, from behind as far as the last one, and only where something
    // is still missing, the whole.
    try edges.readForwards(bytes, &cursor, stopsAtContainer: true)
    if !edges.isComplete {
      var back = JSONBackCursor(at: bytes.count - ",\"type\":\"request body\"}".utf8.count)
      try back.take(UInt8(ascii: "}"), bytes)
      try edges.readBackwards(bytes, &back, downTo: cursor.position)
    }
    if !edges.isComplete {
      cursor = object
      try edges.readForwards(bytes, &cursor, stopsAtContainer: false)
    }
    // A client may leave the model out; then the router's choice stands in the call upstream.
    return .body(
      model: edges.model ?? "", session: edges.session, stream: edges.stream ?? false, bytes: Int64(bytes.count))
  }

  /// The client's call as an object, wherever its members stand.
  /// - Parameter isAnonymous: as in the fact.
  static func body(
    _ bytes: Span<UInt8>, object: Int, isAnonymous: Bool
  ) throws(JSONFault) -> RequestFact.Event {
    var edges = BodyEdges()
    var cursor = JSONCursor(at: object)
    try cursor.enterObject(bytes)
    try edges.readForwards(bytes, &cursor, stopsAtContainer: false)
    return .body(
      model: edges.model ?? "", session: edges.session, stream: edges.stream ?? false, bytes: Int64(bytes.count),
      isAnonymous: isAnonymous ? true : nil)
  }

  /// The members of a call that we want.
  private struct BodyEdges {
    var model: String?
    var session: String?
    var sawMetadata = false
    var stream: Bool?

    var isComplete: Bool { model != nil && sawMetadata && stream != nil }

    mutating func readForwards(
      _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, stopsAtContainer: Bool
    ) throws(JSONFault) {
      var first = true
      while true {
        let before = cursor
        guard let key = try cursor.key(bytes, first: first) else { return }
        first = false
        let next = try cursor.peek(bytes)
        let isContainer = next == UInt8(ascii: "[") || next == UInt8(ascii: "{")
        if stopsAtContainer, isContainer, !BodyEdges.isMetadata(bytes, key) {
          cursor = before
          return
        }
        let start = cursor.position
        try cursor.skip(bytes)
        try take(bytes, key: key, value: start..<cursor.position)
      }
    }

    mutating func readBackwards(
      _ bytes: Span<UInt8>, _ cursor: inout JSONBackCursor, downTo floor: Int
    ) throws(JSONFault) {
      while cursor.position > floor, !(sawMetadata && stream != nil) {
        let (key, value, isFirst) = try cursor.member(bytes)
        try take(bytes, key: key, value: value)
        if isFirst { return }
        // Claude Code sends everything short behind the metadata, so what is missing there was not sent.
        if BodyEdges.isMetadata(bytes, key), model != nil {
          stream = stream ?? false
          return
        }
      }
    }

    private static func isMetadata(_ bytes: Span<UInt8>, _ key: Range<Int>) -> Bool {
      key.count == 8 && bytes.holds("metadata", at: key.lowerBound)
    }

    private mutating func take(_ bytes: Span<UInt8>, key: Range<Int>, value: Range<Int>) throws(JSONFault) {
      var cursor = JSONCursor(at: value.lowerBound)
      if key.count == 5, bytes.holds("model", at: key.lowerBound) {
        if try cursor.atString(bytes) { model = try cursor.text(bytes) }
      } else if key.count == 6, bytes.holds("stream", at: key.lowerBound) {
        stream = bytes.holds("true", at: value.lowerBound)
      } else if BodyEdges.isMetadata(bytes, key) {
        sawMetadata = true
        guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return }
        try cursor.enterObject(bytes)
        var first = true
        while let inner = try cursor.key(bytes, first: first) {
          first = false
          if inner.count == 7, bytes.holds("user_id", at: inner.lowerBound), try cursor.atString(bytes) {
            session = SessionID.session(inUserID: try cursor.text(bytes))
          } else {
            try cursor.skip(bytes)
          }
        }
      }
    }
  }

  /// `"request":{"method":"POST","headers":{},"body":"{…}"},"headers":{…},"requestUrl":"…","msg":"final request"}`: the
  /// address, and of the escaped body the model. The headers hold the key and are passed over.
  /// - Parameter expected: the model that the body most likely names; found by itself, it spares taking the body apart.
  static func upstreamCall(
    _ bytes: Span<UInt8>, from start: Int, expected: String?
  ) throws(JSONFault) -> RequestFact.Event {
    var back = JSONBackCursor(at: bytes.count - ",\"msg\":\"final request\"}".utf8.count)
    let last = try back.member(bytes)
    guard bytes.holds("requestUrl", at: last.key.lowerBound) else { throw .unexpectedByte }
    var cursor = JSONCursor(at: start)
    guard let key = try cursor.key(bytes, first: true), key.count == 7, bytes.holds("request", at: key.lowerBound)
    else { throw .unexpectedByte }
    return try upstreamCall(bytes, request: cursor.position, address: last.value.lowerBound, expected: expected)
  }

  /// The same from where the request and its address stand.
  static func upstreamCall(
    _ bytes: Span<UInt8>, request: Int?, address: Int?, expected: String?
  ) throws(JSONFault) -> RequestFact.Event {
    var url: String?
    if let address {
      var cursor = JSONCursor(at: address)
      if try cursor.atString(bytes) { url = RouterAddress.withoutSecrets(try cursor.text(bytes)) }
    }
    guard let request else { return .upstreamCall(url: url, model: nil) }
    if let expected, names(expected, bytes, from: request) { return .upstreamCall(url: url, model: expected) }
    var cursor = JSONCursor(at: request)
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return .upstreamCall(url: url, model: nil) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      guard key.count == 4, bytes.holds("body", at: key.lowerBound), try cursor.atString(bytes) else {
        try cursor.skip(bytes)
        continue
      }
      // A body that is no JSON (or is cut) names no model.
      return .upstreamCall(url: url, model: try? model(inEscapedBody: bytes, from: cursor.position + 1))
    }
    return .upstreamCall(url: url, model: nil)
  }

  /// Whether an escaped body has a member `model` of that name. A prompt's own quotes are escaped once more, so it cannot
  /// pass for one.
  private static func names(_ model: String, _ bytes: Span<UInt8>, from start: Int) -> Bool {
    guard model.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else {
      return false
    }
    let key: StaticString = "\\\"model\\\":\\\""
    var place = start
    while let found = bytes.firstIndex(of: key, from: place) {
      place = found + key.utf8CodeUnitCount
      let isMember = bytes[found - 1] == UInt8(ascii: ",") || bytes[found - 1] == UInt8(ascii: "{")
      if isMember, bytes.holds(model, at: place), bytes.holds("\\\"", at: place + model.utf8.count) { return true }
    }
    return false
  }

  private static func model(inEscapedBody bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> String? {
    var inner = JSONCursor(at: start, escaped: true)
    try inner.enterObject(bytes)
    var first = true
    while let key = try inner.key(bytes, first: first) {
      first = false
      if key.count == 5, bytes.holds("model", at: key.lowerBound) { return try inner.text(bytes) }
      try inner.skip(bytes)
    }
    return nil
  }

  /// `"req":{"method":"POST","url":"/v1/messages?beta=true",…},"msg":"incoming request"}`.
  static func incoming(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> RequestFact.Event {
    var cursor = JSONCursor(at: start)
    guard let key = try cursor.key(bytes, first: true), bytes.holds("req\"", at: key.lowerBound) else {
      throw .unexpectedByte
    }
    return try incoming(bytes, object: cursor.position)
  }

  /// The same from where the object stands.
  static func incoming(_ bytes: Span<UInt8>, object: Int) throws(JSONFault) -> RequestFact.Event {
    var cursor = JSONCursor(at: object)
    try cursor.enterObject(bytes)
    var first = true
    var isPost = false
    var path = ClientPath.other
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 3, bytes.holds("url", at: key.lowerBound) {
        if let url = try cursor.stringIfAny(bytes) { path = ClientPath(bytes, url) }
      } else if key.count == 6, bytes.holds("method", at: key.lowerBound) {
        if let method = try cursor.stringIfAny(bytes) { isPost = bytes.holds("POST", at: method.lowerBound) }
      } else {
        try cursor.skip(bytes)
      }
    }
    return .incoming(
      isMessages: isPost && path == .call, isUnknownPath: isPost && path == .unknown ? true : nil)
  }

  /// `"res":{"statusCode":200},…,"msg":"request completed"}`.
  static func completed(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> RequestFact.Event {
    guard bytes.holds("\"res\":{\"statusCode\":", at: start), let status = bytes.number(at: start + 20),
      status.value < 1000
    else { throw .unexpectedByte }
    return .completed(status: Int(status.value))
  }

  /// The same from where the object stands.
  static func completed(_ bytes: Span<UInt8>, object: Int) throws(JSONFault) -> RequestFact.Event {
    var cursor = JSONCursor(at: object)
    try cursor.enterObject(bytes)
    var first = true
    var status: Int64?
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 10, bytes.holds("statusCode", at: key.lowerBound) {
        status = try cursor.wholeNumber(bytes)
      } else {
        try cursor.skip(bytes)
      }
    }
    guard let status, status < 1000 else { throw .unexpectedByte }
    return .completed(status: Int(status))
  }

  /// A sentence of level 30: why a model was chosen, or which one stands in for it; `nil` for any other.
  static func message(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> RequestFact.Event? {
    var cursor = JSONCursor(at: start)
    let opening = start + 1
    if bytes.holds("Trying fallback model: ", at: opening) {
      return .fallback(String(try cursor.text(bytes).dropFirst(23)))
    }
    if bytes.holds("Using background model", at: opening) { return .routed(Route.background.rawValue) }
    if bytes.holds("Using think model", at: opening) { return .routed(Route.think.rawValue) }
    if bytes.holds("Using long context model", at: opening) { return .routed(Route.longContext.rawValue) }
    return nil
  }

  /// A line of level 40 or 50: what failed, from `err` or `msg`; `nil` where the line says nothing of the call.
  static func trouble(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> RequestFact.Event? {
    var cursor = JSONCursor(at: start)
    var first = true
    var message = ""
    var cause: String?
    var code = ""
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 3, bytes.holds("msg", at: key.lowerBound), try cursor.atString(bytes) {
        message = try cursor.text(bytes)
      } else if key.count == 3, bytes.holds("err", at: key.lowerBound), try cursor.peek(bytes) == UInt8(ascii: "{") {
        try cursor.enterObject(bytes)
        var firstInner = true
        while let inner = try cursor.key(bytes, first: firstInner) {
          firstInner = false
          if inner.count == 4, bytes.holds("code", at: inner.lowerBound), try cursor.atString(bytes) {
            code = try cursor.text(bytes)
          } else if inner.count == 7, bytes.holds("message", at: inner.lowerBound), try cursor.atString(bytes) {
            cause = try cursor.text(bytes)
          } else {
            try cursor.skip(bytes)
          }
        }
      } else {
        try cursor.skip(bytes)
      }
    }
    return TroubleMessage.event(message: cause ?? message, code: code)
  }
}
