"""A connection that could not be prepared before the yes is made at the yes."""

from tests.browser.conftest import Theatre

# What would prepare it is lost on its way to the server.
LOSE_WARM = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!(typeof data === "string" && data.includes('"room:warm"'))) send.call(this, data);
};
"""
HAS_LINK = "connections.some((one) => one.getTransceivers().length >= 2)"


async def test_without_a_prepared_connection_the_yes_makes_one(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client(None, LOSE_WARM)
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.opens_terms(wants_transcript=False)
    assert not await client.page.evaluate(HAS_LINK)
    await client.agrees()
    for human in (client, therapist):
        await human.in_call()
        took_s = await human.hears_and_sees()
        print(f"{human.person.role}: hears and sees {took_s:.1f} s after the page of the call stood")
    await therapist.ends_for_both()
