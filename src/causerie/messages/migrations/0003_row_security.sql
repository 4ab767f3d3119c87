-- Who is in a conversation now sees all that was ever said in it, and nobody else does.
SELECT foundation.protect(
    'messages.messages', 'conversation_id IN (SELECT conversations.of_actor())');
SELECT foundation.protect(
    'messages.locator', 'conversation_id IN (SELECT conversations.of_actor())');
SELECT foundation.protect(
    'messages.edits',
    'EXISTS (SELECT FROM messages.locator l WHERE l.id = message_id)'); -- of those that they see
